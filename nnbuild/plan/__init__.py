"""Recipe + shapes -> Plan, by symbolic Keras: no weights are allocated."""
