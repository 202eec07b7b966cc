"""Echo calls side by side: Callboard, plain aiortc and Pipecat, one far side for all."""
