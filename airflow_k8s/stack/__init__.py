"""What `pulumi up` needs beside the components: settings, chart values, network flows."""
