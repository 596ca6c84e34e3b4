package photos

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"

	scale "golang.org/x/image/draw"
)

// Mark makes a small picture of a file that somebody uploaded, such as a house's logo: at most so many pixels wide and high, a
// PNG where it has see-through parts or few colors, else a JPEG. Nothing of the file but its pixels is kept. Faults: Invalid,
// what is no JPEG, PNG, GIF or WebP, damaged, or too large to read.
func Mark(content []byte, width, height int) (made []byte, err error) {
	defer func() { // as in develop: a decoder that panics has met a picture made to break it
		if recover() != nil {
			made, err = nil, errDamaged
		}
	}()
	picture, turn, err := read(content)
	if err != nil {
		return nil, err
	}
	b := picture.Bounds()
	by := min(1, float64(width)/float64(b.Dx()), float64(height)/float64(b.Dy()))
	if turn >= 5 {
		by = min(1, float64(width)/float64(b.Dy()), float64(height)/float64(b.Dx()))
	}
	small := image.NewRGBA(image.Rect(0, 0, max(1, int(float64(b.Dx())*by+.5)), max(1, int(float64(b.Dy())*by+.5))))
	scale.CatmullRom.Scale(small, small.Rect, picture, b, draw.Src, nil)
	small = upright(small, turn)
	var out bytes.Buffer
	if flat(small) {
		err = jpeg.Encode(&out, small, &jpeg.Options{Quality: 86})
	} else {
		err = png.Encode(&out, small)
	}
	return out.Bytes(), err
}

// flat says whether a picture is a photograph: nothing of it is see-through, and it has many colors.
func flat(picture *image.RGBA) bool {
	if !picture.Opaque() {
		return false
	}
	colors := map[color.RGBA]bool{}
	for i := 0; i < len(picture.Pix); i += 4 {
		if colors[color.RGBA{R: picture.Pix[i], G: picture.Pix[i+1], B: picture.Pix[i+2]}] = true; len(colors) > 2000 {
			return true
		}
	}
	return false
}
