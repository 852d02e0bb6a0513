"""From input through the engine to output: batches, the processes that share them, what is written."""
