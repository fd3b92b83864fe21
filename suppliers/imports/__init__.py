"""Files of suppliers' facts come in step by step: file, columns, rows, summary, result, and back again for a day."""
