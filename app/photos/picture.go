package photos

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"

	"github.com/bep/gowebp/libwebp"
	"github.com/bep/gowebp/libwebp/webpoptions"
	scale "golang.org/x/image/draw"
	"golang.org/x/image/webp"

	"porchlight/app/fault"
)

// copies are what is kept of a photo.
type copies struct {
	width, height int // of the largest
	files         []file
}

// file is one of the copies: what comes behind the photo's name, and its bytes.
type file struct {
	suffix  string // "-480.webp"
	content []byte
}

func (c copies) bytes() (sum int64) {
	for _, f := range c.files {
		sum += int64(len(f.content))
	}
	return sum
}

// format is a kind of picture that is taken, known by its first bytes whatever a server calls it.
type format struct {
	name   string
	magic  string // ? stands for any byte
	config func(*bytes.Reader) (image.Config, error)
	decode func(*bytes.Reader) (image.Image, error)
}

// formats are called by name: image.Decode would take any format that some package in the program registers.
var formats = []format{
	{"jpeg", "\xff\xd8\xff",
		func(r *bytes.Reader) (image.Config, error) { return jpeg.DecodeConfig(r) },
		func(r *bytes.Reader) (image.Image, error) { return jpeg.Decode(r) }},
	{"png", "\x89PNG\r\n\x1a\n",
		func(r *bytes.Reader) (image.Config, error) { return png.DecodeConfig(r) },
		func(r *bytes.Reader) (image.Image, error) { return png.Decode(r) }},
	{"gif", "GIF8?a",
		func(r *bytes.Reader) (image.Config, error) { return gif.DecodeConfig(r) },
		func(r *bytes.Reader) (image.Image, error) { return gif.Decode(r) }}, // the first frame
	{"webp", "RIFF????WEBPVP8",
		func(r *bytes.Reader) (image.Config, error) { return webp.DecodeConfig(r) },
		func(r *bytes.Reader) (image.Image, error) { return webp.Decode(r) }},
}

func sniff(content []byte) (format, bool) {
	for _, f := range formats {
		fits := len(content) >= len(f.magic)
		for i := 0; fits && i < len(f.magic); i++ {
			fits = f.magic[i] == '?' || f.magic[i] == content[i]
		}
		if fits {
			return f, true
		}
	}
	return format{}, false
}

var errDamaged = fault.New(fault.Invalid, "The picture is damaged and could not be read.")

// develop makes the copies of a photo, or a fault that says why not. It decodes nothing before it knows how large that
// gets. A decoder that panics has met a picture made to break it; that must not end the process.
func develop(content []byte) (made copies, err error) {
	defer func() {
		if recover() != nil {
			made, err = copies{}, errDamaged
		}
	}()
	picture, turn, err := read(content)
	if err != nil {
		return copies{}, err
	}
	return print(picture, turn)
}

// read decodes a picture, and says how it is turned, after it has looked how large that gets.
func read(content []byte) (picture image.Image, turn int, err error) {
	f, known := sniff(content)
	if !known {
		return nil, 0, fault.New(fault.Invalid, "This is no picture Porchlight takes: only JPEG, PNG, GIF and WebP are.")
	}
	config, err := f.config(bytes.NewReader(content))
	if err != nil || config.Width < 1 || config.Height < 1 {
		return nil, 0, errDamaged
	}
	if config.Width > maxSide || config.Height > maxSide || config.Width*config.Height > maxPixels {
		return nil, 0, fault.New(fault.Invalid, "The picture is %d × %d, more than %d million pixels.", config.Width, config.Height, maxPixels/1_000_000)
	}
	if weight(f.name, config, content) > maxMemory {
		return nil, 0, fault.New(fault.Invalid, "The picture is %d × %d in a form that takes too much memory to read.", config.Width, config.Height)
	}
	picture, err = f.decode(bytes.NewReader(content))
	if err != nil || picture.Bounds().Dx() < 1 || picture.Bounds().Dy() < 1 {
		return nil, 0, errDamaged
	}
	turn = 1
	if f.name == "jpeg" {
		turn = orientation(content)
	}
	return picture, turn, nil
}

// weight is about how many bytes decoding takes: pixels of four bytes, of eight at 16 bits a channel, an interlaced PNG
// half the picture again; a JPEG says it itself.
func weight(name string, config image.Config, content []byte) float64 {
	each := 4.0
	switch config.ColorModel {
	case color.NRGBA64Model, color.RGBA64Model:
		each = 8
	}
	switch name {
	case "png":
		each *= 1.5
	case "jpeg":
		each = jpegWeight(content)
	}
	return float64(config.Width) * float64(config.Height) * each
}

// print scales an upright picture down to both widths and writes each in both formats.
func print(picture image.Image, turn int) (copies, error) {
	wide, high := picture.Bounds().Dx(), picture.Bounds().Dy()
	if turn >= 5 {
		wide, high = high, wide
	}
	w, h := fit(wide, high, Widths[1])
	large := resize(upright(shrink(picture, max(1, min(wide/w, high/h))), turn), w, h)
	picture = nil // up to 300 MB that the rest need not hold
	made := copies{width: w, height: h}
	for _, width := range Widths {
		if width > Widths[0] && w <= Widths[0] {
			break
		}
		sw, sh := fit(w, h, width)
		if err := made.add(width, resize(large, sw, sh)); err != nil {
			return copies{}, err
		}
	}
	return made, nil
}

// add writes one width in both formats.
func (c *copies) add(width int, picture *image.RGBA) error {
	var asWebP, asJPEG bytes.Buffer
	if err := libwebp.Encode(&asWebP, picture, webpoptions.EncodingOptions{Quality: 78, EncodingPreset: webpoptions.EncodingPresetPhoto}); err != nil {
		return fmt.Errorf("photos: webp: %w", err)
	}
	if err := jpeg.Encode(&asJPEG, picture, &jpeg.Options{Quality: 82}); err != nil {
		return fmt.Errorf("photos: jpeg: %w", err)
	}
	c.files = append(c.files, file{fmt.Sprintf("-%d.webp", width), asWebP.Bytes()}, file{fmt.Sprintf("-%d.jpg", width), asJPEG.Bytes()})
	return nil
}

// fit is the size at a width, never larger than it was and never higher than one and a half times the width.
func fit(w, h, width int) (int, int) {
	by := min(1, float64(width)/float64(w), 1.5*float64(width)/float64(h))
	return max(1, int(float64(w)*by+.5)), max(1, int(float64(h)*by+.5))
}

// shrink makes each square of n by n pixels one, their mean, on white. The good scaler after it takes 32 bytes for each
// pixel it passes, so it is not given millions.
func shrink(picture image.Image, n int) *image.RGBA {
	b := picture.Bounds()
	w, h := max(1, b.Dx()/n), max(1, b.Dy()/n)
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	band := image.NewRGBA(image.Rect(0, 0, b.Dx(), min(n, b.Dy())))
	rows, columns := band.Rect.Dy(), min(n, b.Dx())
	for y := range h {
		draw.Draw(band, band.Rect, image.White, image.Point{}, draw.Src)
		draw.Draw(band, band.Rect, picture, image.Pt(b.Min.X, b.Min.Y+y*n), draw.Over)
		for x := range w {
			var sum [3]int
			for row := range rows {
				at := row*band.Stride + x*n*4
				for range columns {
					sum[0] += int(band.Pix[at])
					sum[1] += int(band.Pix[at+1])
					sum[2] += int(band.Pix[at+2])
					at += 4
				}
			}
			to, parts := y*out.Stride+x*4, rows*columns
			out.Pix[to], out.Pix[to+1], out.Pix[to+2], out.Pix[to+3] = uint8(sum[0]/parts), uint8(sum[1]/parts), uint8(sum[2]/parts), 0xff
		}
	}
	return out
}

func resize(picture *image.RGBA, w, h int) *image.RGBA {
	if picture.Rect.Dx() == w && picture.Rect.Dy() == h {
		return picture
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	scale.CatmullRom.Scale(out, out.Rect, picture, picture.Rect, draw.Src, nil)
	return out
}
