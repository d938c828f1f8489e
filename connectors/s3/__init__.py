"""S3: uploads signed, originals read, pictures made of them and written for ever."""
