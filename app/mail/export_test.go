package mail

import "crypto/x509"

// Trust has a route trust these roots instead of the system's.
func Trust(r Route, roots *x509.CertPool) { r.(*relay).tls.RootCAs = roots }
