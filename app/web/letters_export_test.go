package web

import (
	"maps"
	"slices"

	"porchlight/app/listings"
)

// PackPreview and UnpackPreview are the address of a preview, for its fuzz test.
func PackPreview(subject, message string, notes map[listings.ID]string) (packed string, cut bool) {
	return packPreview(composeForm{Subject: subject, Message: message, Homes: slices.Sorted(maps.Keys(notes)), Notes: notes})
}

// UnpackPreview reads it back.
func UnpackPreview(packed string) (subject, message string, notes map[listings.ID]string, err error) {
	form, err := unpackPreview(packed)
	return form.Subject, form.Message, form.Notes, err
}
