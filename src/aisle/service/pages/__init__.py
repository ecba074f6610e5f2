"""The pages: what people see of the service, made with NiceGUI."""
