import type { Body, Meta } from '@uppy/core';
import ThumbnailGenerator from '@uppy/thumbnail-generator';

const RASTER = /^image\/(?:jpeg|png|gif|webp|bmp|avif)$/;

/** Previews of pictures made of pixels. An SVG is a document, and gets the icon of its type. */
export class RasterThumbnails extends ThumbnailGenerator<Meta, Body> {
  override addToQueue(fileId: string): void {
    if (RASTER.test(this.uppy.getFile(fileId).type)) super.addToQueue(fileId);
  }
}
