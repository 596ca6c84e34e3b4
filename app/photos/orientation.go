package photos

import (
	"bytes"
	"encoding/binary"
	"image"
)

// segments walks a JPEG's segments up to the first scan (ITU-T T.81, B.1) and stops where see says so.
func segments(content []byte, see func(marker byte, body []byte) (more bool)) {
	for at := 2; at+4 <= len(content) && content[at] == 0xff; {
		marker := content[at+1]
		if marker == 0xff { // fill
			at++
			continue
		}
		if marker == 0xda || marker == 0xd9 {
			return
		}
		size := int(binary.BigEndian.Uint16(content[at+2:]))
		end := at + 2 + size
		if size < 2 || end > len(content) || !see(marker, content[at+4:end]) {
			return
		}
		at = end
	}
}

// jpegWeight is how many bytes a pixel of a JPEG takes while it is decoded: one for each sample, and four more in a
// progressive one (SOF2), all of whose coefficients are in memory at once. What shows no frame is taken for the worst.
func jpegWeight(content []byte) float64 {
	weight := 20.0
	segments(content, func(marker byte, body []byte) bool {
		if marker < 0xc0 || marker > 0xc2 || len(body) < 6 {
			return true
		}
		all, most := 0, 0
		for i := range int(body[5]) {
			if 6+i*3+1 >= len(body) {
				return false
			}
			sampling := int(body[6+i*3+1]>>4) * int(body[6+i*3+1]&15)
			all, most = all+sampling, max(most, sampling)
		}
		if most == 0 {
			return false
		}
		each := 1.0
		if marker == 0xc2 {
			each = 5
		}
		weight = each * float64(all) / float64(most)
		return false
	})
	return weight
}

// orientation is how a JPEG's camera was held (Exif 2.32, tag 274): 1 to 8, 1 upright and where nothing is said.
func orientation(content []byte) int {
	turn := 1
	segments(content, func(marker byte, body []byte) bool {
		tiff, isExif := bytes.CutPrefix(body, []byte("Exif\x00\x00"))
		if marker != 0xe1 || !isExif {
			return true
		}
		turn = tiffOrientation(tiff)
		return false
	})
	return turn
}

func tiffOrientation(tiff []byte) int {
	if len(tiff) < 8 {
		return 1
	}
	var order binary.ByteOrder
	switch string(tiff[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return 1
	}
	at := uint64(order.Uint32(tiff[4:]))
	if at+2 > uint64(len(tiff)) {
		return 1
	}
	entries := uint64(order.Uint16(tiff[at:]))
	for i := range entries {
		entry := at + 2 + i*12
		if entry+12 > uint64(len(tiff)) {
			return 1
		}
		if order.Uint16(tiff[entry:]) != 274 {
			continue
		}
		turn := order.Uint16(tiff[entry+8:])
		if order.Uint16(tiff[entry+2:]) != 3 || turn < 1 || turn > 8 {
			return 1
		}
		return int(turn)
	}
	return 1
}

// upright turns and mirrors a picture as its orientation says.
func upright(in *image.RGBA, turn int) *image.RGBA {
	if turn <= 1 {
		return in
	}
	w, h := in.Rect.Dx(), in.Rect.Dy()
	ow, oh := w, h
	if turn >= 5 {
		ow, oh = h, w
	}
	out := image.NewRGBA(image.Rect(0, 0, ow, oh))
	for y := range h {
		for x := range w {
			tx, ty := x, y
			switch turn {
			case 2:
				tx = w - 1 - x
			case 3:
				tx, ty = w-1-x, h-1-y
			case 4:
				ty = h - 1 - y
			case 5:
				tx, ty = y, x
			case 6:
				tx, ty = h-1-y, x
			case 7:
				tx, ty = h-1-y, w-1-x
			case 8:
				tx, ty = y, w-1-x
			}
			copy(out.Pix[ty*out.Stride+tx*4:][:4], in.Pix[y*in.Stride+x*4:][:4])
		}
	}
	return out
}
