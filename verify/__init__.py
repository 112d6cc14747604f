"""What follows: claims of theory judged on measurements of networks."""
