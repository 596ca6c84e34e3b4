package demo

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/png"
	"math"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/photos"
)

// looks gives the house its color and its mark, and the agents their pictures: all drawn here, like the homes.
func (b *builder) looks() {
	b.do(func(ctx context.Context, db bun.Tx) error {
		have, err := agents.LoadLooks(ctx, db)
		if err != nil {
			return err
		}
		have.Accent, have.AccentDark = "#1f4e6e", "#8fc1e0"
		if _, err := agents.SaveLooks(ctx, db, b.maya, have); err != nil {
			return err
		}
		logo, err := photos.Mark(drawn(320, 320, harbor), 160, 160)
		if err != nil {
			return err
		}
		return agents.SaveLogo(ctx, db, b.maya, logo)
	})
	for i, a := range []agents.Agent{b.maya, b.theo, b.priya} {
		b.do(func(ctx context.Context, db bun.Tx) error {
			photo, err := photos.Mark(drawn(480, 480, faces[i].at), 320, 320)
			if err != nil {
				return err
			}
			return agents.SavePhoto(ctx, db, a.ID, photo)
		})
	}
}

// drawn is a picture as PNG of what at says of each point; both go from -1 to 1, downwards.
func drawn(width, height int, at func(x, y float64) color.RGBA) []byte {
	picture := image.NewRGBA(image.Rect(0, 0, width, height))
	for py := range height {
		for px := range width {
			picture.SetRGBA(px, py, at(2*(float64(px)+.5)/float64(width)-1, 2*(float64(py)+.5)/float64(height)-1))
		}
	}
	var file bytes.Buffer
	if err := png.Encode(&file, picture); err != nil {
		panic(err) // a buffer takes all
	}
	return file.Bytes()
}

func rgb(hex uint32) color.RGBA {
	return color.RGBA{uint8(hex >> 16), uint8(hex >> 8), uint8(hex), 255}
}

// within says whether a point is in an ellipse.
func within(x, y, cx, cy, rx, ry float64) bool {
	return (x-cx)*(x-cx)/(rx*rx)+(y-cy)*(y-cy)/(ry*ry) < 1
}

// harbor is the house's mark: a gable with a lit window over two waves.
func harbor(x, y float64) color.RGBA {
	switch {
	case !within(x, y, 0, 0, .98, .98):
		return color.RGBA{}
	case math.Abs(x) < .1 && y > -.1 && y < .14:
		return rgb(0xf3c766)
	case y > -.62+math.Abs(x)*.85 && y < -.44+math.Abs(x)*.85 && math.Abs(x) < .62, math.Abs(x) < .42 && y > -.5+math.Abs(x)*.85 && y < .3:
		return rgb(0xfaf7f1)
	case math.Abs(y-.48-.05*math.Sin(x*12)) < .045, math.Abs(y-.68-.05*math.Sin(x*12+2)) < .045:
		return rgb(0x9fcbe4)
	}
	return rgb(0x1f4e6e)
}

// face is an agent's picture, as a poster would draw it.
type face struct {
	wall, coat, skin, hair uint32
	long                   bool
}

var faces = []face{
	{0xd9e4dc, 0x24463b, 0xe3b48f, 0x4a2d1f, true},
	{0xdfe3ea, 0x34465e, 0xf0c9a8, 0x8d8378, false},
	{0xeee0d3, 0x7d3b46, 0xb9815a, 0x1f1715, true},
}

func (f face) at(x, y float64) color.RGBA {
	neck := math.Abs(x) < .17 && y > .2 && y < .62
	switch {
	case within(x, y, 0, -.12, .36, .46) && y > -.36+.18*math.Cos(x*4+.8), neck && !within(x, y, 0, .98, .5, .42):
		return rgb(f.skin)
	case within(x, y, 0, -.2, .46, .52) && (y < 0 || f.long):
		return rgb(f.hair)
	case f.long && math.Abs(x) < .46 && y > -.2 && y < .42:
		return rgb(f.hair)
	case math.Abs(x) < .24-(y-.5)*.5 && y > .5 && y < .95:
		return rgb(0xfaf7f1)
	case within(x, y, 0, 1.1, .86, .68):
		return rgb(f.coat)
	}
	return rgb(f.wall)
}
