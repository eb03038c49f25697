"""Keras networks, written in ``keras.ops`` alone so that any Keras backend runs them."""
