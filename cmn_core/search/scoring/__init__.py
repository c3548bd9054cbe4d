"""What a network is worth: accuracy, hardware and limits together."""
