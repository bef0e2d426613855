"""Understanding: posts in, sentiment, topic, aspect, project and near-duplicate cluster out. Imports nothing heavy."""
