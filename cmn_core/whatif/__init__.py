"""What-if: edits of one design, what each step of it does, what bounds it, how two compare."""
