"""How good samples are: `evaluate.evaluate_run` measures a checkpoint, `report.QualityReport` holds the numbers."""
