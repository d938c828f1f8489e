"""What every process of ours is given and tells: its settings, its logs and metrics, whether it can serve."""
