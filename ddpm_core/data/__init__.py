"""Pictures to train on."""

from ddpm_core.data.dataset import DataInfo, Dataset, Split, data_dir
from ddpm_core.data.registry import dataset_names, fetch, load_dataset, num_training

__all__ = ["DataInfo", "Dataset", "Split", "data_dir", "dataset_names", "fetch", "load_dataset", "num_training"]
