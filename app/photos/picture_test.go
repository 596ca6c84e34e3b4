package photos_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"porchlight/app/fault"
	"porchlight/app/photos"
)

// bomb is a PNG that says it is w by h and has no pixels.
func bomb(w, h uint32, depth, kind byte) []byte {
	out := []byte("\x89PNG\r\n\x1a\n")
	chunk := func(name string, body []byte) {
		out = binary.BigEndian.AppendUint32(out, uint32(len(body)))
		body = append([]byte(name), body...)
		out = append(out, body...)
		out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(body))
	}
	head := binary.BigEndian.AppendUint32(nil, w)
	head = binary.BigEndian.AppendUint32(head, h)
	chunk("IHDR", append(head, depth, kind, 0, 0, 0))
	chunk("IDAT", []byte("x"))
	chunk("IEND", nil)
	return out
}

func TestWhatIsTooLargeOrNoPictureIsRefusedInWords(t *testing.T) {
	for name, this := range map[string]struct {
		content []byte
		say     string
	}{
		"an image bomb":             {bomb(50_000, 50_000, 8, 2), "50000 × 50000, more than 50 million pixels"},
		"a strip":                   {bomb(800_000, 1, 8, 2), "more than 50 million"},
		"the largest there can be":  {bomb(1<<31-1, 1<<31-1, 8, 2), "damaged"},
		"a bomb by its depth":       {bomb(7_000, 7_000, 16, 6), "takes too much memory"},
		"a drawing with script":     {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), "no picture Porchlight takes"},
		"a page":                    {[]byte("<!doctype html><p>Please sign in"), "no picture Porchlight takes"},
		"nothing":                   {nil, "no picture Porchlight takes"},
		"a picture cut off":         {picture(800, 600)[:5000], "damaged"},
		"a head alone":              {picture(800, 600)[:20], "damaged"},
		"a picture without pixels":  {bomb(0, 0, 8, 2), "damaged"},
		"pixels that are no pixels": {bomb(100, 100, 8, 2), "damaged"},
	} {
		_, _, _, err := photos.Develop(this.content)
		if fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), this.say) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAPhotoIsShownAsTheCameraWasHeld(t *testing.T) {
	for turn, at := range map[byte]image.Point{1: {0, 0}, 2: {1, 0}, 3: {1, 1}, 4: {0, 1}, 5: {0, 0}, 6: {1, 0}, 7: {1, 1}, 8: {0, 1}} {
		w, h, files, err := photos.Develop(exif(picture(520, 390), turn))
		if err != nil {
			t.Fatal(err)
		}
		if (turn >= 5) != (w < h) {
			t.Errorf("orientation %d: %d × %d", turn, w, h)
		}
		for suffix, content := range files {
			if bytes.Contains(content, []byte("Exif")) || bytes.Contains(content, []byte("GPS")) {
				t.Errorf("%s still says where it was taken", suffix)
			}
		}
		small, err := jpeg.Decode(bytes.NewReader(files["-480.jpg"]))
		if err != nil {
			t.Fatal(err)
		}
		b := small.Bounds()
		for x := range 2 {
			for y := range 2 {
				r, g, _, _ := small.At(b.Dx()/4+x*b.Dx()/2, b.Dy()/4+y*b.Dy()/2).RGBA()
				if red := r > 0xc000 && g < 0x4000; red != (at == image.Pt(x, y)) {
					t.Errorf("orientation %d: the quarter %d, %d is red: %v", turn, x, y, red)
				}
			}
		}
	}
}

// exif gives a JPEG an orientation and a place.
func exif(content []byte, turn byte) []byte {
	tiff := []byte{'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, turn, 0, 0, 0, 0, 0, 0}
	body := append([]byte("Exif\x00\x00"), tiff...)
	body = append(body, "GPS 41.35 N"...)
	segment := append([]byte{0xff, 0xe1, 0, byte(len(body) + 2)}, body...)
	return append(append(append([]byte{}, content[:2]...), segment...), content[2:]...)
}

func TestEveryFormatThatIsTakenComesOutUpright(t *testing.T) {
	paper := image.NewNRGBA(image.Rect(0, 0, 700, 500))
	for i := range paper.Pix {
		paper.Pix[i] = 0 // all of it transparent
	}
	var asPNG, asGIF bytes.Buffer
	if err := png.Encode(&asPNG, paper); err != nil {
		t.Fatal(err)
	}
	pale := image.NewPaletted(image.Rect(0, 0, 300, 400), color.Palette{color.White, color.Black})
	if err := gif.Encode(&asGIF, pale, nil); err != nil {
		t.Fatal(err)
	}
	_, _, files, err := photos.Develop(picture(900, 700))
	if err != nil {
		t.Fatal(err)
	}
	for name, this := range map[string]struct {
		content  []byte
		w, h, of int
	}{"png": {asPNG.Bytes(), 700, 500, 4}, "gif": {asGIF.Bytes(), 300, 400, 2}, "webp": {files["-1280.webp"], 900, 700, 4}, "tall jpeg": {picture(200, 2000), 192, 1920, 2}} {
		w, h, files, err := photos.Develop(this.content)
		if err != nil || w != this.w || h != this.h || len(files) != this.of {
			t.Errorf("%s: %d × %d, %d files, %v", name, w, h, len(files), err)
			continue
		}
		if name != "png" {
			continue
		}
		clear, err := jpeg.Decode(bytes.NewReader(files["-480.jpg"]))
		if err != nil {
			t.Fatal(err)
		}
		if r, _, _, _ := clear.At(50, 50).RGBA(); r < 0xf000 {
			t.Errorf("what is transparent became %x, not white", r)
		}
	}
}

func TestRealPhotosAreKept(t *testing.T) {
	for _, file := range real(t) {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		before, _, err := image.DecodeConfig(bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		w, h, files, err := photos.Develop(content)
		if err != nil || w != min(before.Width, 1280) || len(files) != 4 {
			t.Errorf("%s: %d × %d, %d files, %v", filepath.Base(file), w, h, len(files), err)
			continue
		}
		if len(files["-480.webp"]) > len(files["-480.jpg"]) || len(files["-480.jpg"]) > 100<<10 {
			t.Errorf("%s: %d bytes as WebP, %d as JPEG", filepath.Base(file), len(files["-480.webp"]), len(files["-480.jpg"]))
		}
	}
}

func real(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("../../../shared/data/photos/*.jpg")
	if err != nil || len(files) == 0 {
		if os.Getenv("REQUIRE_SHARED_DATA") != "" {
			t.Fatal("no real photos in ../shared/data/photos")
		}
		t.Skip("no real photos here")
	}
	return files
}

func TestAJPEGsMemoryIsJudgedByItsFrame(t *testing.T) {
	frame := func(marker byte, sampling ...byte) []byte {
		body := []byte{8, 0, 100, 0, 100, byte(len(sampling))}
		for i, s := range sampling {
			body = append(body, byte(i), s, 0)
		}
		return append([]byte{0xff, 0xd8, 0xff, marker, 0, byte(len(body) + 2)}, body...)
	}
	for _, this := range []struct {
		content []byte
		want    float64
	}{
		{frame(0xc0, 0x22, 0x11, 0x11), 1.5}, {frame(0xc0, 0x11, 0x11, 0x11), 3}, {frame(0xc0, 0x11), 1},
		{frame(0xc2, 0x22, 0x11, 0x11), 7.5}, {frame(0xc2, 0x11, 0x11, 0x11), 15}, {[]byte{0xff, 0xd8}, 20}, {frame(0xc2, 0, 0), 20},
	} {
		if got := photos.JPEGWeight(this.content); got != this.want {
			t.Errorf("%x: %v bytes a pixel, want %v", this.content, got, this.want)
		}
	}
}

func FuzzDevelopEndsInAPictureOrInAFault(f *testing.F) {
	f.Add(exif(picture(40, 30), 6))
	f.Add(bomb(10, 10, 8, 2))
	f.Add(bomb(50_000, 50_000, 8, 2))
	f.Add([]byte("GIF89a\x01\x00\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"))
	f.Add([]byte("RIFF\x00\x00\x00\x00WEBPVP8 "))
	f.Fuzz(func(t *testing.T, content []byte) {
		w, h, files, err := photos.Develop(content)
		switch {
		case err != nil && fault.Of(err) != fault.Invalid:
			t.Fatal(err)
		case err == nil && (w < 1 || w > 1280 || h < 1 || h > 1920 || len(files) < 2):
			t.Fatalf("%d × %d, %d files", w, h, len(files))
		}
	})
}

func FuzzOrientationIsOneToEight(f *testing.F) {
	f.Add(exif(picture(4, 4), 8))
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x0aExif\x00\x00II"))
	f.Fuzz(func(t *testing.T, content []byte) {
		if turn := photos.Orientation(content); turn < 1 || turn > 8 {
			t.Fatal(turn)
		}
		if w := photos.JPEGWeight(content); w < 1 || w > 1300 {
			t.Fatal(w)
		}
	})
}

// BenchmarkDevelopAgainstOneJPEG compares the four copies of a real photo with decoding it and writing one JPEG of its size.
func BenchmarkDevelopAgainstOneJPEG(b *testing.B) {
	content, err := os.ReadFile(real(b)[0])
	if err != nil {
		b.Fatal(err)
	}
	var ours, base float64
	for b.Loop() {
		start := b.Elapsed()
		if _, _, _, err := photos.Develop(content); err != nil {
			b.Fatal(err)
		}
		middle := b.Elapsed()
		img, err := jpeg.Decode(bytes.NewReader(content))
		if err != nil {
			b.Fatal(err)
		}
		if err := jpeg.Encode(&bytes.Buffer{}, img, nil); err != nil {
			b.Fatal(err)
		}
		ours, base = ours+(middle-start).Seconds(), base+(b.Elapsed()-middle).Seconds()
	}
	b.ReportMetric(ours/base, "ratio")
}
