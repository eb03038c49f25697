"""The one on-disk event format (HDF5), its streaming reader and writer. Knows no physics meaning."""
