document.getElementById('app').textContent = 'VisionConnect';
