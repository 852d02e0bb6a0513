"""The commands of `act`: a module for each verb, and one for all activations."""
