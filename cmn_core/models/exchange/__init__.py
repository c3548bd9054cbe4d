"""Models in the words of other simulators: ZigZag workloads and NeuroSim networks."""
