"""Pictures to train on."""

from ddpm_core.data.catalogue import dataset_names, fetch, load_dataset, num_training
from ddpm_core.data.dataset import DataInfo, Dataset, Split, data_dir

__all__ = ["DataInfo", "Dataset", "Split", "data_dir", "dataset_names", "fetch", "load_dataset", "num_training"]
