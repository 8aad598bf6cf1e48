"""Small networks on framed data (extra `nets`): built, trained and asked here, float32 on the CPU."""
