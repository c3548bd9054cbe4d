"""The hardware of one network on one memory: swarm, descent, proof."""
