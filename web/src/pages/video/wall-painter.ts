export type Place = { left: number; top: number; width: number; height: number };

/** Draws JPEGs of many cameras on one canvas, each at its place: one element holds them all, however long it runs. */
export class WallPainter {
  readonly #canvas: HTMLCanvasElement;
  readonly #places = new Map<string, Place>();
  /** The newest picture of each camera, as it came: a canvas that changes its size is empty. */
  readonly #newest = new Map<string, Blob>();
  readonly #decoding = new Set<string>();
  #pixels = 1;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
  }

  /** Where each camera is drawn from now on; pictures of others are let go. */
  lay(places: ReadonlyMap<string, Place>, size: { width: number; height: number }): void {
    this.#pixels = Math.min(2, window.devicePixelRatio);
    this.#canvas.width = Math.round(size.width * this.#pixels);
    this.#canvas.height = Math.round(size.height * this.#pixels);
    this.#places.clear();
    for (const [cameraId, place] of places) this.#places.set(cameraId, place);
    for (const cameraId of [...this.#newest.keys()]) if (!places.has(cameraId)) this.#newest.delete(cameraId);
    for (const cameraId of this.#newest.keys()) void this.#draw(cameraId);
  }

  paint(cameraId: string, jpeg: Uint8Array<ArrayBuffer>): void {
    if (!this.#places.has(cameraId)) return;
    this.#newest.set(cameraId, new Blob([jpeg], { type: "image/jpeg" }));
    void this.#draw(cameraId);
  }

  async #draw(cameraId: string): Promise<void> {
    const blob = this.#newest.get(cameraId);
    // While one is decoded newer ones only take its place: the last of them is drawn then.
    if (blob === undefined || this.#decoding.has(cameraId)) return;
    this.#decoding.add(cameraId);
    const bitmap = await createImageBitmap(blob).catch(() => null);
    this.#decoding.delete(cameraId);
    const place = this.#places.get(cameraId);
    if (bitmap !== null && place !== undefined) this.#cover(bitmap, place);
    bitmap?.close();
    if (this.#newest.get(cameraId) !== blob) await this.#draw(cameraId);
  }

  /** Fills a place and cuts what is too much, as a video beside it does. */
  #cover(bitmap: ImageBitmap, { left, top, width, height }: Place): void {
    const scale = Math.max(width / bitmap.width, height / bitmap.height);
    const [w, h] = [width / scale, height / scale];
    const [x, y] = [(bitmap.width - w) / 2, (bitmap.height - h) / 2];
    const [toX, toY, toW, toH] = [left, top, width, height].map((length) => length * this.#pixels);
    this.#canvas.getContext("2d")?.drawImage(bitmap, x, y, w, h, toX ?? 0, toY ?? 0, toW ?? 0, toH ?? 0);
  }
}
