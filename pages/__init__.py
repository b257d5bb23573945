"""A folder per page: page.py is its story, beside it the parts that it is made of."""
