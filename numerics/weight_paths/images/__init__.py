"""Networks that learn images, and their loss about what they learnt."""
