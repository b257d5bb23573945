"""The first page: noise becomes sprites at once, and three ways on."""
