"""What runs beside Python: found on this machine, else built from pinned sources, once."""
