"""The networks: a U-Net for pictures, an MLP for points."""
