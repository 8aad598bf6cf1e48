"""Certificates: bounds written to a file, and proved again by another route; see docs/certificates.md."""
