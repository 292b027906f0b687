"""Many submissions side by side, on this computer or on others."""
