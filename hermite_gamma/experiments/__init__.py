"""The paper's experiments: data sets, and one resumable run per figure."""
