"""Models in the words of other simulators: ZigZag, NeuroSim, AccelForge, CrossSim, AIHWKit."""
