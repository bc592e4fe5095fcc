#include "cameras/models.h"

/* Cameras that do not speak our protocol take no commands through it. */
static const char *const none[] = {NULL};
/* GPIO 4 of this board drives a white LED: dimmable (flash) and switchable (light). */
static const char *const esp32_cam[] = {"light", "flash",  "resolution", "quality",
                                        "fps",   "sensor", "restart",    NULL};
static const char *const esp32_s3[] = {"resolution", "quality", "fps", "sensor", "restart", NULL};
static const char *const browser[] = {"resolution", "quality", "fps", NULL};
static const char *const everything[] = {"servo",  "position",   "get_position", "light",
                                         "flash",  "resolution", "quality",      "fps",
                                         "sensor", "restart",    "update",       NULL};

static const struct camera_model models[] = {
    {"CP_PLUS_WIFI_V2", "CP Plus WiFi Camera V2", "CP Plus", true, PROV_FULL, none},
    {"HIKVISION_DS_2CD", "Hikvision DS-2CD Series", "Hikvision", true, PROV_FULL, none},
    {"GENERIC_ONVIF", "Generic ONVIF Camera", "Generic", true, PROV_FULL, none},
    {"ESP32_CAM_AI_THINKER", "ESP32-CAM (AI-Thinker)", "AI-Thinker", true, PROV_COMPACT, esp32_cam},
    {"ESP32_S3_CAM", "ESP32-S3 Camera", "Espressif", true, PROV_COMPACT, esp32_s3},
    {"VIRTUAL_CAMERA", "Virtual Camera", "VisionConnect", true, PROV_COMPACT, everything},
    {"BROWSER_CAMERA", "Phone or Laptop (Browser)", "VisionConnect", true, PROV_COMPACT, browser},
};

const struct camera_model *models_all(size_t *count)
{
    *count = sizeof models / sizeof *models;
    return models;
}

const struct camera_model *models_find(struct span id)
{
    for (size_t i = 0; i < sizeof models / sizeof *models; i++)
        if (span_is(id, models[i].id))
            return &models[i];
    return NULL;
}
