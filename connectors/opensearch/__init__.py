"""OpenSearch: the index of products that a shopper searches."""
