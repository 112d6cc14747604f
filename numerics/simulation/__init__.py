"""What every simulated ensemble needs: keyed draws, batches, data and checked arguments."""
