"""Fine-tuning with torch, transformers and peft; nothing here is imported before it is needed."""
