"""What networks learn in training under regularisers (Furusho 2020, section 3.3)."""
