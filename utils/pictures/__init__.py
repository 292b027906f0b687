"""What is drawn: plots, the diagram of the cell, animations, sliders."""
