"""The types of the Kafka client, for whoever reads with one that client.py has made."""

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

__all__ = ["Consumer", "KafkaError", "KafkaException", "Message", "TopicPartition"]
