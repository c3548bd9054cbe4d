"""Figures for a paper: several charts under one title, with legend and source, as files."""
