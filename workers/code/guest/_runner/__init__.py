"""What runs a program inside the component. No program imports it: it is not on the list of modules."""
