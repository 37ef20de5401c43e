"""What every scenario shares."""
