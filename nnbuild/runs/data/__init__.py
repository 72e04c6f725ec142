"""Read data files into the features and targets that commands train, test or predict on."""
