"""The other end of the wire: start a worker, send a job, read its events; no torch, no cv2, no Qt."""
