"""志愿港湾: missions for volunteers, and who organises them."""
