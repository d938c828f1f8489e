"""Kafka and its registry: clients, events as they lie on a topic, and which log this is."""
