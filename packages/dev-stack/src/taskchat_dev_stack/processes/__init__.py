"""Programs that run side by side and end with the process that started them."""
