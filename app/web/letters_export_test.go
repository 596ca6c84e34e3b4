package web

// The address of a preview, for its fuzz test.
var (
	PackPreview   = packPreview
	UnpackPreview = unpackPreview
)
