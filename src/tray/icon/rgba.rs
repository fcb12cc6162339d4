//! A drawn icon as bytes.

/// A picture: rows from the top, four bytes a pixel, red, green, blue and alpha, not premultiplied.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Rgba {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// `width * height * 4` bytes.
    pub data: Vec<u8>,
}

impl Rgba {
    /// Writes it to `path` as PNG.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn save_png(&self, path: &std::path::Path) -> image::ImageResult<()> {
        image::save_buffer(path, &self.data, self.width, self.height, image::ExtendedColorType::Rgba8)
    }

    /// It as a PNG file's bytes.
    ///
    /// # Errors
    /// When `data` has not the length that it is to have.
    pub fn png(&self) -> image::ImageResult<Vec<u8>> {
        let mut file = Vec::new();
        let encoder = image::codecs::png::PngEncoder::new(&mut file);
        let kind = image::ExtendedColorType::Rgba8;
        image::ImageEncoder::write_image(encoder, &self.data, self.width, self.height, kind)?;
        Ok(file)
    }

    /// The bytes as StatusNotifierItem's pixmaps want them: ARGB32 in network byte order.
    pub fn into_argb32_be(self) -> Vec<u8> {
        let mut data = self.data;
        for pixel in data.chunks_exact_mut(4) {
            pixel.rotate_right(1);
        }
        data
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alpha_goes_first_on_the_bus() {
        let picture = Rgba { width: 2, height: 1, data: vec![1, 2, 3, 4, 5, 6, 7, 8] };
        assert_eq!(picture.into_argb32_be(), [4, 1, 2, 3, 8, 5, 6, 7]);
    }
}
